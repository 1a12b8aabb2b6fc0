#![cfg(unix)]

use std::os::unix::fs::PermissionsExt as _;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use super::*;

/// Remembers what it is told; stops when something is done, if it is to.
#[derive(Default)]
struct Watching {
    told: Mutex<Vec<String>>,
    stops: bool,
    stopped: AtomicBool,
}

impl Observer for Watching {
    fn stage(&self, name: &str, total: u64) {
        self.told.lock().unwrap().push(format!("{name} {total}"));
    }

    fn advance(&self, done: u64) {
        self.told.lock().unwrap().push(format!("+{done}"));
        self.stopped.store(self.stops, Ordering::Relaxed);
    }

    fn note(&self, text: &str) {
        self.told.lock().unwrap().push(text.to_owned());
    }

    fn is_cancelled(&self) -> bool {
        self.stopped.load(Ordering::Relaxed)
    }
}

fn script() -> Script {
    let write = |view: &str| Step::Write { view: view.to_owned() };
    Script { name: "plan.sql", steps: vec![write("found_00"), write("pairs")] }
}

/// Runs the script by a program of a few lines of shell.
fn attempted(
    lines: &str,
    retries: u32,
    observer: &Watching,
) -> (tempfile::TempDir, Result<(), EngineRunError>) {
    let dir = tempfile::tempdir().unwrap();
    let program = dir.path().join("runner");
    fs::write(&program, format!("#!/bin/sh\n{lines}\n")).unwrap();
    fs::set_permissions(&program, fs::Permissions::from_mode(0o700)).unwrap();
    let runner = Runner::Program(&program);
    let request = EngineRun { dir: dir.path(), runner, resumes: false, retries };
    let result = run_script(&request, &script(), observer);
    (dir, result)
}

#[test]
fn lines_of_the_engine_become_progress_and_its_messages_a_file_of_its_owner() {
    let observer = Watching::default();
    let lines = "echo 'progress found_00 3'; echo 'wrote found_00'; echo 'wrote other'; echo said >&2\n\
                 echo 'wrote pairs'; [ \"$2\" = plan.sql ]";
    let (dir, result) = attempted(lines, 0, &observer);
    result.unwrap();
    assert_eq!(
        *observer.told.lock().unwrap(),
        ["plan.sql 2", "found_00: 3 tasks", "+1", "+1"].map(str::to_owned)
    );
    let log = dir.path().join(LOG_FILE);
    assert_eq!(fs::read_to_string(&log).unwrap(), "said\n");
    assert_eq!(log.metadata().unwrap().permissions().mode() & 0o777, 0o600);
}

#[test]
fn a_script_that_failed_is_taken_up_again_as_often_as_was_said() {
    let observer = Watching::default();
    let (dir, result) = attempted("[ \"$1\" = --resume ] || exit 7", 1, &observer);
    result.unwrap();
    drop(dir);
    let (_dir, result) = attempted("exit 7", 1, &observer);
    let error = result.unwrap_err();
    assert_eq!(error.code(), "engine-ended");
    assert_eq!(error.to_string(), "the engine ended in plan.sql with status 7");
}

/// The thread that reads its output ends only when nobody holds that any more: the one it started has ended too.
#[test]
fn a_cancelled_engine_ends_with_all_that_it_started() {
    let observer = Watching { stops: true, ..Watching::default() };
    let (_dir, result) = attempted("sleep 100000 & echo 'wrote pairs'; wait", 3, &observer);
    assert!(matches!(result, Err(EngineRunError::Cancelled)));
}

#[test]
fn a_program_that_is_not_there_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let runner = Runner::Program(Path::new("/no/such/program"));
    let request = EngineRun { dir: dir.path(), runner, resumes: false, retries: 2 };
    let error = run_script(&request, &script(), &Watching::default()).unwrap_err();
    assert_eq!(error.code(), "engine-start");
}

#[test]
fn spark_is_told_where_to_run_and_what_must_be_set() {
    let options = ["--executor-memory".to_owned(), "4g".to_owned()];
    let runner = Runner::Spark {
        submit: Path::new("spark-submit"),
        master: "spark://a:1",
        options: &options,
    };
    let request = EngineRun { dir: Path::new("/export"), runner, resumes: true, retries: 0 };
    let (program, arguments) = command(&request, &script(), true).unwrap();
    assert_eq!(program, Path::new("spark-submit"));
    let arguments: Vec<&str> = arguments.iter().map(|it| it.to_str().unwrap()).collect();
    assert_eq!(
        arguments.join(" "),
        "--master spark://a:1 --conf spark.driver.extraJavaOptions=-XX:-DontCompileHugeMethods \
         --conf spark.executor.extraJavaOptions=-XX:-DontCompileHugeMethods --executor-memory 4g \
         /export/submit.py --resume /export plan.sql"
    );
}
