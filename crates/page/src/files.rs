//! Files that the page keeps: what was dropped on it, what is written for it.
//!
//! The keeper and its files are objects of JavaScript, which stay in a table here; what the library holds
//! are their numbers. Everything is in one worker.

use std::cell::RefCell;
use std::collections::HashMap;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;

use tallystick_agency::files::{Files, InputFile, NewFile, Opened, Scratch};
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast as _, JsValue};

#[wasm_bindgen]
extern "C" {
    /// The page's files by name.
    #[derive(Clone)]
    pub type Keeper;

    #[wasm_bindgen(method, catch)]
    fn open(this: &Keeper, name: &str) -> Result<File, JsValue>;
    #[wasm_bindgen(method, catch)]
    fn create(this: &Keeper, name: &str) -> Result<File, JsValue>;
    #[wasm_bindgen(method, catch)]
    fn scratch(this: &Keeper) -> Result<File, JsValue>;

    /// A file of any kind. Places are numbers below 2^53.
    #[derive(Clone)]
    pub type File;

    #[wasm_bindgen(method, catch)]
    fn size(this: &File) -> Result<f64, JsValue>;
    #[wasm_bindgen(method, catch)]
    fn read(this: &File, at: f64, into: &mut [u8]) -> Result<u32, JsValue>;
    #[wasm_bindgen(method, catch)]
    fn write(this: &File, at: f64, bytes: &[u8]) -> Result<(), JsValue>;
    #[wasm_bindgen(method, catch)]
    fn keep(this: &File) -> Result<(), JsValue>;
    #[wasm_bindgen(method)]
    fn close(this: &File);
}

/// Objects by number, from 1.
#[derive(Default)]
struct Table {
    last: u32,
    objects: HashMap<u32, JsValue>,
}

thread_local! {
    static TABLE: RefCell<Table> = RefCell::default();
}

/// An object of the page under its number; forgotten when dropped.
#[derive(Debug)]
struct Entry(u32);

impl Entry {
    fn new(object: JsValue) -> Self {
        TABLE.with_borrow_mut(|table| {
            table.last += 1;
            table.objects.insert(table.last, object);
            Self(table.last)
        })
    }

    fn object<T: wasm_bindgen::JsCast>(&self) -> T {
        let object = TABLE.with_borrow(|table| table.objects.get(&self.0).cloned());
        object.expect("entries stand in the table while they live").unchecked_into()
    }
}

impl Drop for Entry {
    fn drop(&mut self) {
        // The table itself may be gone at the very end.
        let _ = TABLE.try_with(|table| table.borrow_mut().objects.remove(&self.0));
    }
}

/// What the page says when it cannot is not looked at.
fn refused(_: JsValue) -> io::Error {
    io::Error::other("the browser refused")
}

#[expect(clippy::cast_precision_loss, reason = "places are below 2^53")]
fn place(at: u64) -> f64 {
    at as f64
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "lengths of files")]
fn length(bytes: f64) -> u64 {
    bytes.max(0.0) as u64
}

/// All files of a page.
#[derive(Debug)]
pub(crate) struct PageFiles(Entry);

impl PageFiles {
    pub(crate) fn new(keeper: Keeper) -> Self {
        Self(Entry::new(keeper.into()))
    }

    fn keeper(&self) -> Keeper {
        self.0.object()
    }
}

impl Files for PageFiles {
    fn open(&self, path: &Path) -> io::Result<Opened> {
        let file = self.keeper().open(name(path)?).map_err(|_| io::ErrorKind::NotFound)?;
        Ok(Opened::File(Box::new(PageFile::new(file))))
    }

    fn bytes(&self, path: &Path) -> Option<u64> {
        let file = self.keeper().open(name(path).ok()?).ok()?;
        file.size().ok().map(length)
    }

    fn create(&self, path: &Path) -> io::Result<Box<dyn NewFile>> {
        let file = self.keeper().create(name(path)?).map_err(refused)?;
        Ok(Box::new(PageFile::new(file)))
    }

    fn scratch(&self, _: &Path) -> io::Result<Box<dyn Scratch>> {
        Ok(Box::new(PageFile::new(self.keeper().scratch().map_err(refused)?)))
    }
}

fn name(path: &Path) -> io::Result<&str> {
    path.to_str().ok_or_else(|| io::ErrorKind::InvalidInput.into())
}

/// A file and a place in it.
#[derive(Debug)]
struct PageFile {
    entry: Entry,
    at: u64,
}

impl PageFile {
    fn new(file: File) -> Self {
        Self { entry: Entry::new(file.into()), at: 0 }
    }

    fn file(&self) -> File {
        self.entry.object()
    }
}

impl Drop for PageFile {
    fn drop(&mut self) {
        self.file().close();
    }
}

impl InputFile for PageFile {
    fn len_bytes(&self) -> io::Result<u64> {
        self.file().size().map(length).map_err(refused)
    }

    fn again(&self) -> io::Result<Box<dyn InputFile>> {
        Ok(Box::new(Self::new(self.file())))
    }
}

impl NewFile for PageFile {
    fn keep(self: Box<Self>) -> io::Result<()> {
        self.file().keep().map_err(refused)
    }
}

impl Read for PageFile {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let count = self.file().read(place(self.at), out).map_err(refused)? as usize;
        if count > out.len() {
            return Err(io::ErrorKind::InvalidData.into());
        }
        self.at += count as u64;
        Ok(count)
    }
}

impl Write for PageFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file().write(place(self.at), bytes).map_err(refused)?;
        self.at += bytes.len() as u64;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Seek for PageFile {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let to = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::Current(by) => self.at.checked_add_signed(by),
            SeekFrom::End(by) => self.len_bytes()?.checked_add_signed(by),
        };
        self.at = to.ok_or(io::ErrorKind::InvalidInput)?;
        Ok(self.at)
    }
}
