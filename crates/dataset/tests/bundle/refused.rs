//! What a bundle does not take.

use std::path::Path;

use tallystick_dataset::bundle::{BundleContent, BundleError, Member, Relation, write};
use tallystick_dataset::{Column, DisclosureClass, Missing, Table, Values};

use crate::made::{content, sign, table, tables, texts, ticking};

fn refused(path: &Path, content: BundleContent<'_>) -> BundleError {
    let error = ticking(|ticker| write(content, path, &sign, ticker)).unwrap_err();
    assert!(!path.exists(), "nothing is left");
    error
}

fn one(name: &str, values: Values) -> Vec<Table> {
    let column = Column::new(name, values, "", "", DisclosureClass::Other);
    vec![table("one", "One", Vec::new(), vec![column])]
}

fn numbers() -> Values {
    Values::Integer(vec![1, 2, 2])
}

/// The code of the refusal of these tables alone.
fn code(tables: &[Table]) -> &'static str {
    let dir = tempfile::tempdir().unwrap();
    let facts = Default::default();
    let content = BundleContent { facts, tables, relations: Vec::new(), members: Vec::new() };
    refused(&dir.path().join("a.zip"), content).code()
}

#[test]
fn names_that_stata_or_r_cannot_take() {
    let names = ["", "1st", "_id", "Sex", "if", "str12", "long", "a b", "ä", "sex-at-birth"];
    for name in names.into_iter().chain(["a_name_of_more_than_thirty_two_cs"]) {
        assert_eq!(code(&one(name, numbers())), "bundle-name", "{name}");
    }
    let mut twice = one("a", numbers());
    let column = twice[0].columns[0].clone();
    twice[0].columns.push(column);
    assert_eq!(code(&twice), "bundle-name");
    let mut tables = [one("a", numbers()), one("a", numbers())].concat();
    assert_eq!(code(&tables), "bundle-name", "two tables of one name");
    tables[1].name = "../two".to_owned();
    assert_eq!(code(&tables), "bundle-name");
    let mut beside = one("a", numbers());
    beside[0].columns[0].values.set_missing(0, Missing::Suppressed);
    beside[0].columns.push(Column::new("a_missing", numbers(), "", "", DisclosureClass::Other));
    assert_eq!(code(&beside), "bundle-name", "its kinds of missing want that name");
}

#[test]
fn texts_that_read_as_missing() {
    for text in ["", ".a", ".e", "a\0b"] {
        assert_eq!(code(&one("a", texts([Some(text)].into_iter()))), "bundle-cells", "{text}");
    }
    let mut short = one("a", numbers());
    short[0].rows = 4;
    assert_eq!(code(&short), "bundle-cells");
}

#[test]
fn keys_that_do_not_name_rows() {
    let mut tables = one("a", numbers());
    tables[0].key = vec!["a".to_owned()];
    assert_eq!(code(&tables), "bundle-key", "it repeats");
    tables[0].columns[0].values = Values::Integer(vec![3, 1, 2]);
    tables[0].columns[0].values.set_missing(1, Missing::NotLinked);
    assert_eq!(code(&tables), "bundle-key", "it is missing");
    tables[0].key = vec!["b".to_owned()];
    assert_eq!(code(&tables), "bundle-key", "it is not there");
}

#[test]
fn relations_to_what_is_not_there() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.zip");
    let tables = tables();
    let with = |relation: Relation| {
        let mut content = content(&tables);
        content.relations = vec![relation];
        refused(&path, content).code()
    };
    assert_eq!(with(Relation::on("study_id", "person", "arrest")), "bundle-relation");
    assert_eq!(with(Relation::on("charges", "arrest", "person")), "bundle-relation");
    assert_eq!(with(Relation::on("study_id", "charge", "person")), "bundle-relation");

    let mut orphan = tables.clone();
    orphan[1].columns[1].values = texts((0..480).map(|_| Some("p99999")));
    assert_eq!(refused(&path, content(&orphan)).code(), "bundle-relation");
}

#[test]
fn members_that_would_stand_in_the_way() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.zip");
    let tables = tables();
    for name in ["manifest.json", "README.txt", "data/x.csv", "../x", "/x", "a//b", "ä.txt", ""] {
        let mut content = content(&tables);
        let text = String::new;
        content.members.push(Member {
            name: name.to_owned(),
            media_type: text(),
            description: text(),
            bytes: Vec::new(),
        });
        assert_eq!(refused(&path, content).to_string().split(' ').next(), Some("member"), "{name}");
    }
    let mut without = content(&tables);
    without.members.clear();
    assert_eq!(refused(&path, without).code(), "bundle-notice-missing");
}
