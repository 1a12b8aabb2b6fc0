"""See `standalone`, which runs this."""

import os
import pathlib
import platform
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
import zipfile

import pyspark

HOME = pathlib.Path(pyspark.__file__).parent
WORKERS = 2
# What stands for the master's address in the command.
MASTER = "{master}"
# Tables after which a worker is killed, as soon as the next has begun: the middle of a plan, far from its end.
KILL_AFTER_TABLES = 8
SECONDS_BETWEEN = 0.1
# Longer than `tallystick engine run` waits for what it tells to end.
SECONDS_TO_END = 15
MEMORY = os.environ.get("EXECUTOR_MEMORY", "1g")


def settings(scratch):
    """What the machine needs, and what small data need: one page of a file that every program of Spark reads."""
    java = snappy_options(scratch)
    return {
        "spark.driver.host": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.defaultJavaOptions": java,
        "spark.executor.defaultJavaOptions": java,
        "spark.executor.memory": MEMORY,
        "spark.sql.shuffle.partitions": os.environ.get("SHUFFLE_PARTITIONS", "4"),
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
    }


def snappy_options(scratch):
    """Where a musl loader lies beside glibc, Snappy takes the one for the other: it is told which library is its own."""
    if platform.libc_ver()[0] != "glibc":
        return ""
    member = f"org/xerial/snappy/native/Linux/{platform.machine()}/libsnappyjava.so"
    with zipfile.ZipFile(next(HOME.glob("jars/snappy-java-*.jar"))) as jar:
        path = pathlib.Path(jar.extract(member, scratch))
    return f"-Dorg.xerial.snappy.lib.path={path.parent} -Dorg.xerial.snappy.lib.name={path.name}"


def environment(scratch):
    (scratch / "conf").mkdir(exist_ok=True)
    lines = [f"{name} {value}\n" for name, value in settings(scratch).items()]
    (scratch / "conf/spark-defaults.conf").write_text("".join(lines))
    return {
        **os.environ,
        "PATH": f"{HOME / 'bin'}{os.pathsep}{os.environ['PATH']}",
        "PYSPARK_PYTHON": sys.executable,
        "SPARK_CONF_DIR": str(scratch / "conf"),
        "SPARK_HOME": str(HOME),
        "SPARK_LOCAL_DIRS": str(scratch / "local"),
        "SPARK_LOCAL_IP": "127.0.0.1",
        "SPARK_WORKER_DIR": str(scratch / "work"),
    }


class Group:
    """A process with all that it starts."""

    def __init__(self, command, surroundings, output):
        self.process = subprocess.Popen(
            command, env=surroundings, stdout=output, stderr=subprocess.STDOUT if output else None, text=True, start_new_session=True
        )

    def signal(self, which):
        try:
            os.killpg(self.process.pid, which)
        except ProcessLookupError:
            pass

    def kill(self):
        self.signal(signal.SIGKILL)
        self.process.wait()

    def end(self):
        """In order if it can: what it started in groups of their own is its to end."""
        self.signal(signal.SIGTERM)
        try:
            self.process.wait(SECONDS_TO_END)
        except subprocess.TimeoutExpired:
            pass
        self.kill()


class Daemon(Group):
    """A process of the cluster."""

    def __init__(self, surroundings, kind, arguments, ready):
        command = [str(HOME / "bin/spark-class"), f"org.apache.spark.deploy.{kind}", "--host", "127.0.0.1"]
        super().__init__(command + ["--port", "0", "--webui-port", "0"] + arguments, surroundings, subprocess.PIPE)
        self.found = self.wait_for(re.compile(ready))
        threading.Thread(target=self.drain, daemon=True).start()

    def wait_for(self, ready):
        lines = []
        for line in self.process.stdout:
            lines.append(line)
            if found := ready.search(line):
                return found
        self.kill()
        sys.exit("a process of the cluster did not start:\n" + "".join(lines))

    def drain(self):
        for _ in self.process.stdout:
            pass


def is_in_the_middle(export):
    """Whether enough tables are complete, and the next is being written."""
    tables = list((export / "out").glob("*"))
    complete = [table for table in tables if (table / "_SUCCESS").exists()]
    return len(complete) >= KILL_AFTER_TABLES and any((table / "_temporary").exists() for table in tables)


def follow(job, worker, export):
    """Waits for the job; kills the worker when it is time, where an export is given. Says whether that was done."""
    killed = False
    while job.process.poll() is None:
        if export and not killed and is_in_the_middle(export):
            worker.kill()
            killed = True
            print("killed a worker", flush=True)
        time.sleep(SECONDS_BETWEEN)
    return killed


def main(arguments):
    export = None
    if arguments[:1] == ["--kill"]:
        export, arguments = pathlib.Path(arguments[1]), arguments[2:]
    # So that what follows is cleaned up whoever ends this.
    for ending in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(ending, lambda *_: sys.exit("ended by a signal"))
    with tempfile.TemporaryDirectory(prefix="tallystick-spark-", ignore_cleanup_errors=True) as scratch:
        surroundings = environment(pathlib.Path(scratch))
        groups = []
        try:
            master = Daemon(surroundings, "master.Master", [], r"Starting Spark master at (spark://\S+)")
            groups.append(master)
            address = master.found.group(1)
            options = ["--cores", "1", "--memory", MEMORY, address]
            for _ in range(WORKERS):
                groups.append(Daemon(surroundings, "worker.Worker", options, "Successfully registered with master"))
            job = Group([word.replace(MASTER, address) for word in arguments], surroundings, None)
            groups.append(job)
            killed = follow(job, groups[1], export)
            if job.process.returncode != 0:
                sys.exit(f"the command ended with status {job.process.returncode}")
            if export and not killed:
                sys.exit("the command ended before a worker could be killed")
        finally:
            for group in reversed(groups):
                group.end()


if __name__ == "__main__":
    main(sys.argv[1:])
