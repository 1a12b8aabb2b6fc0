//! `watch`: stopped after every step and started again.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tallystick_agency::export::ReadLimits;
use tallystick_agency::keys::KeyFile;
use tallystick_agency::upload::{Point, Service as Target};
use tallystick_agency::watch::{Pass, PutAway, Told, Watch, WatchRequest};
use tallystick_encoder::mapping::Mapping;
use tallystick_wire::Profile;

use super::{Patient, Police};

/// A directory that is watched.
struct Watched {
    directory: PathBuf,
    mapping_file: PathBuf,
    mapping: Mapping,
    keys: KeyFile,
    service: Target,
    put_away: PutAway,
}

impl Watched {
    fn new(police: &Police, name: &str, put_away: PutAway) -> anyhow::Result<Self> {
        let directory = police.path(name);
        fs::create_dir_all(&directory)?;
        let mapping_file = directory.join("mapping.toml");
        fs::write(&mapping_file, &police.mapping)?;
        Ok(Self {
            directory,
            mapping_file,
            mapping: Mapping::parse(&police.mapping)?,
            keys: KeyFile::read(&police.project.agency_keys("police")?)?,
            service: police.target(police.service.address)?,
            put_away,
        })
    }

    fn request(&self) -> WatchRequest<'_> {
        WatchRequest {
            directory: &self.directory,
            mapping: &self.mapping,
            mapping_file: &self.mapping_file,
            aliases: None,
            keys: &self.keys,
            profile: Profile::Standard,
            service: &self.service,
            put_away: self.put_away.clone(),
            not_exports: &[],
            limits: ReadLimits::default(),
            year_max: || 2020,
            interval: Duration::from_secs(60),
        }
    }

    /// One run of `watch --once`.
    fn once(&self, attendant: &mut Patient) -> Result<Pass, &'static str> {
        let request = self.request();
        let mut watch = Watch::open(&request, attendant).map_err(|error| error.code())?;
        watch.once().map_err(|error| error.code())
    }

    fn own(&self, name: &str) -> PathBuf {
        self.directory.join(".tallystick").join(name)
    }

    fn journal(&self) -> anyhow::Result<Vec<serde_json::Value>> {
        let text = fs::read_to_string(self.own("journal"))?;
        Ok(text.lines().map(serde_json::from_str).collect::<Result<_, _>>()?)
    }
}

fn names(directory: &Path) -> Vec<String> {
    let entries = fs::read_dir(directory).into_iter().flatten().flatten();
    let mut names: Vec<String> =
        entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    names.sort_unstable();
    names
}

fn archive(police: &Police) -> PutAway {
    PutAway::Archive(police.path("archive"))
}

/// Stops after every point in turn and starts again: one submission more stands, the export is put away once.
fn stopped_anywhere(put_away: impl Fn(&Police) -> PutAway) -> anyhow::Result<Vec<Point>> {
    let police = Police::new()?;
    let put_away = put_away(&police);
    for points in 0.. {
        let watched = Watched::new(&police, &format!("exports{points}"), put_away.clone())?;
        let export = watched.directory.join("export.csv");
        police.export(&export, points)?;
        let bytes = fs::read(&export)?;
        let mut first = police.attendant();
        first.points_left = Some(points);
        let stopped = watched.once(&mut first);
        let mut second = police.attendant();
        let went_on = watched.once(&mut second);
        assert!(went_on.is_ok(), "after {:?}: {went_on:?}", first.reached);

        let told = [first.told, second.told].concat();
        assert_eq!(told.len(), 1, "after {:?}: told once: {told:?}", first.reached);
        let states = police.states();
        assert_eq!(states.len(), points + 1, "after {:?}: one submission", first.reached);
        assert_eq!(states.iter().filter(|state| *state == "accepted").count(), 1);
        assert_eq!(names(&watched.own("work")), [""; 0], "after {:?}", first.reached);
        assert_eq!(names(&watched.own("receipts")).len(), 1);
        assert_eq!(export.exists(), put_away == PutAway::Leave);
        if let PutAway::Archive(archive) = &put_away {
            let archived = names(archive);
            assert_eq!(archived.len(), points + 1, "after {:?}: archived once", first.reached);
            let same = |name: &String| fs::read(archive.join(name)).is_ok_and(|it| it == bytes);
            assert_eq!(archived.iter().filter(|name| same(name)).count(), 1);
        }
        assert_eq!(watched.journal()?.last().map(|line| line["step"] == "put-away"), Some(true));

        let third = watched.once(&mut police.attendant());
        assert_eq!(third, Ok(Pass::default()), "nothing is left to be done");
        assert_eq!(police.states().len(), points + 1);
        if stopped.is_ok() {
            return Ok(first.reached);
        }
        assert_eq!(stopped, Err("cancelled"));
    }
    unreachable!("a run that is not stopped returns")
}

/// In the order in which an export reaches them.
const POINTS: [Point; 12] = [
    Point::Encoded,
    Point::EncodedNoted,
    Point::Begun,
    Point::StateKept,
    Point::PieceTaken,
    Point::Accepted,
    Point::ReceiptKept,
    Point::DeliveredNoted,
    Point::Claimed,
    Point::PutAway,
    Point::WorkRemoved,
    Point::PutAwayNoted,
];

#[test]
fn stopped_anywhere_an_export_is_sent_once_and_archived_once() -> anyhow::Result<()> {
    assert_eq!(stopped_anywhere(archive)?, POINTS);
    Ok(())
}

#[test]
fn stopped_anywhere_an_export_is_sent_once_and_deleted() -> anyhow::Result<()> {
    assert_eq!(stopped_anywhere(|_| PutAway::Delete)?, POINTS);
    Ok(())
}

#[test]
fn stopped_anywhere_an_export_is_sent_once_and_stays() -> anyhow::Result<()> {
    let without_claim: Vec<Point> =
        POINTS.into_iter().filter(|point| *point != Point::Claimed).collect();
    assert_eq!(stopped_anywhere(|_| PutAway::Leave)?, without_claim);
    Ok(())
}

#[test]
fn a_failing_export_is_told_once_and_tried_again_when_it_changes() -> anyhow::Result<()> {
    let police = Police::new()?;
    let watched = Watched::new(&police, "exports", archive(&police))?;
    let export = watched.directory.join("export.csv");
    fs::write(&export, "A,B\n1,2\n")?;
    let mut attendant = police.attendant();
    let failed = Pass { failed: 1, ..Pass::default() };
    assert_eq!(watched.once(&mut attendant), Ok(failed));
    assert!(matches!(attendant.told.as_slice(), [Told::Failed { .. }]), "{:?}", attendant.told);
    let mut attendant = police.attendant();
    assert_eq!(watched.once(&mut attendant), Ok(failed));
    assert!(attendant.told.is_empty());
    assert!(export.exists() && police.states().is_empty());
    police.export(&export, 0)?;
    let delivered = Pass { delivered: 1, ..Pass::default() };
    assert_eq!(watched.once(&mut police.attendant()), Ok(delivered));
    assert_eq!(police.states(), ["accepted"]);
    Ok(())
}

#[test]
fn the_same_export_again_is_put_away_and_not_sent() -> anyhow::Result<()> {
    let police = Police::new()?;
    let watched = Watched::new(&police, "exports", archive(&police))?;
    let export = watched.directory.join("export.csv");
    for (without, submissions) in [(0, 1), (1, 2), (0, 2)] {
        police.export(&export, without)?;
        watched.once(&mut police.attendant()).map_err(anyhow::Error::msg)?;
        assert_eq!(police.states().len(), submissions);
        assert!(!export.exists());
    }
    assert_eq!(names(&police.path("archive")).len(), 2);
    Ok(())
}

#[test]
fn what_changes_or_is_none_is_left_alone() -> anyhow::Result<()> {
    let police = Police::new()?;
    let watched = Watched::new(&police, "exports", PutAway::Delete)?;
    fs::write(watched.directory.join(".hidden.csv"), "A\n1\n")?;
    fs::create_dir(watched.directory.join("folder.csv"))?;
    let export = watched.directory.join("export.csv");
    police.export(&export, 0)?;
    let request = watched.request();
    let mut attendant = police.attendant();
    let mut watch = Watch::open(&request, &mut attendant)?;
    assert_eq!(watch.pass()?, Pass { unsettled: 1, ..Pass::default() });
    police.export(&export, 1)?;
    assert_eq!(watch.pass()?, Pass { unsettled: 1, ..Pass::default() }, "it has changed");
    let mut other = police.attendant();
    let busy = Watch::open(&request, &mut other).err().map(|error| error.code());
    assert_eq!(busy, Some("watch-busy"));
    assert_eq!(watch.pass()?, Pass { delivered: 1, ..Pass::default() });
    let left = [".hidden.csv", ".tallystick", "folder.csv", "mapping.toml"];
    assert_eq!(names(&watched.directory), left);
    Ok(())
}

#[test]
fn without_its_receipt_no_export_is_deleted() -> anyhow::Result<()> {
    let police = Police::new()?;
    let watched = Watched::new(&police, "exports", PutAway::Delete)?;
    let export = watched.directory.join("export.csv");
    police.export(&export, 0)?;
    let mut attendant = police.attendant();
    attendant.points_left = POINTS.iter().position(|point| *point == Point::DeliveredNoted);
    assert_eq!(watched.once(&mut attendant), Err("cancelled"));
    let receipt = watched.own("receipts").join(&names(&watched.own("receipts"))[0]);
    let text = fs::read_to_string(&receipt)?;
    fs::write(&receipt, text.replace("\"rows_read\":", "\"rows_read\":1"))?;
    assert_eq!(watched.once(&mut police.attendant()), Err("watch-receipt-lost"));
    assert!(export.exists());
    fs::write(&receipt, text)?;
    assert!(watched.once(&mut police.attendant()).is_ok());
    assert!(!export.exists());
    Ok(())
}

#[test]
fn a_newer_export_of_the_same_name_is_not_put_away_for_the_older() -> anyhow::Result<()> {
    let police = Police::new()?;
    let watched = Watched::new(&police, "exports", PutAway::Delete)?;
    let export = watched.directory.join("export.csv");
    police.export(&export, 0)?;
    let mut attendant = police.attendant();
    attendant.points_left = POINTS.iter().position(|point| *point == Point::EncodedNoted);
    assert_eq!(watched.once(&mut attendant), Err("cancelled"));
    police.export(&export, 1)?;
    // What a killed run leaves in the work directory goes too.
    fs::write(watched.own("work").join(".tmpAbCdEf"), "half a submission")?;
    let both = watched.once(&mut police.attendant());
    assert_eq!(both, Ok(Pass { delivered: 2, ..Pass::default() }));
    assert_eq!(police.states(), ["accepted", "superseded"]);
    assert!(!export.exists());
    assert!(names(&watched.own("work")).is_empty());
    Ok(())
}
