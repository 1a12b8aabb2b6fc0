"""Runs scripts of an export on Spark: submit.py [--resume] DIR SCRIPT [SCRIPT...]. Each SCRIPT is a file in DIR.

Plain SQL in ANSI mode; no function of ours runs on a worker, so that it does not matter what Python a worker has. Lines
`-- read NAME FROM FOLDER` make a view of Parquet files, lines `-- write NAME` write one and read it from there afterwards.
DIR may be any address that Spark reads and writes, if all workers do. With `--resume` a table that a former run wrote to its end
is not written again. Progress goes to standard output, a line each:

    progress TABLE TASKS    so many tasks of the table that is being written are done
    wrote TABLE
"""

import sys
import threading

from pyspark.sql import SparkSession

SECONDS_BETWEEN = 0.5


def session():
    """Whatever is set by spark-submit stays; what results depend on is set here."""
    return (
        SparkSession.builder.appName("tallystick engine")
        .config("spark.sql.ansi.enabled", "true")
        .config("spark.sql.adaptive.enabled", "true")
        .getOrCreate()
    )


class Progress:
    """Prints how many tasks are done while a table is written."""

    def __init__(self, spark):
        self.tracker = spark.sparkContext.statusTracker()
        self.done = {}
        self.stop = threading.Event()

    def watch(self, table):
        last = 0
        while not self.stop.wait(SECONDS_BETWEEN):
            for stage in self.tracker.getActiveStageIds():
                info = self.tracker.getStageInfo(stage)
                if info is not None:
                    self.done[stage] = info.numCompletedTasks
            total = sum(self.done.values())
            if total != last:
                print(f"progress {table} {total}", flush=True)
                last = total

    def during(self, table, work):
        self.done.clear()
        self.stop.clear()
        watcher = threading.Thread(target=self.watch, args=(table,), daemon=True)
        watcher.start()
        try:
            work()
        finally:
            self.stop.set()
            watcher.join()


def is_written(spark, folder):
    """Whether Spark wrote a table to its end."""
    hadoop = spark.sparkContext._jvm.org.apache.hadoop.fs.Path(f"{folder}/_SUCCESS")
    return hadoop.getFileSystem(spark.sparkContext._jsc.hadoopConfiguration()).exists(hadoop)


def run(spark, progress, resume, directory, script):
    lines = spark.read.text(f"{directory}/{script}", wholetext=True).first()[0].splitlines()
    statement = []
    for line in lines:
        words = line.split()
        if line.startswith("-- read "):
            spark.read.parquet(f"{directory}/{words[4]}").createOrReplaceTempView(words[2])
        elif line.startswith("-- write "):
            name, folder = words[2], f"{directory}/out/{words[2]}"
            if not (resume and is_written(spark, folder)):
                table = spark.table(name)
                progress.during(name, lambda: table.write.mode("overwrite").parquet(folder))
            spark.read.parquet(folder).createOrReplaceTempView(name)
            print(f"wrote {name}", flush=True)
        elif line.strip():
            statement.append(line)
            if line.endswith(";"):
                spark.sql("\n".join(statement).removesuffix(";"))
                statement.clear()


def main(arguments):
    resume = arguments[:1] == ["--resume"]
    directory, *scripts = arguments[1:] if resume else arguments
    spark = session()
    progress = Progress(spark)
    for script in scripts:
        run(spark, progress, resume, directory, script)
    spark.stop()


if __name__ == "__main__":
    main(sys.argv[1:])
