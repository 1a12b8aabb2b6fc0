//! The documents of the small dataset, as they are.

use tallystick_dataset::bundle::Bundle;

use crate::made::{content, tables, write_to};

#[test]
fn documents() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.zip");
    let tables = tables();
    write_to(&path, content(&tables));
    let bundle = Bundle::open(&path).unwrap();
    let names = [
        "datapackage.json",
        "ddi-codebook.xml",
        "codebook.html",
        "codebook.csv",
        "stata/read.do",
        "r/read.R",
        "README.txt",
        "manifest.json",
    ];
    for name in names {
        let text = String::from_utf8(bundle.member(name).unwrap()).unwrap().replace('\r', "");
        insta::with_settings!({ omit_expression => true }, {
            insta::assert_snapshot!(name.replace('/', "_"), text);
        });
    }
    insta::with_settings!({ omit_expression => true }, {
        let text = String::from_utf8(bundle.member("data/person.csv").unwrap()).unwrap();
        let head: String = text.lines().take(30).map(|line| format!("{line}\n")).collect();
        insta::assert_snapshot!("person.csv", head);
    });
}
