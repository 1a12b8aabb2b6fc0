//! Events by the person, or the event, that they belong to.

use std::ops::{Deref, Range};

/// A list that is sorted by a number from 0 on, with the place where each number begins.
#[derive(Debug)]
pub struct Grouped<T> {
    list: Vec<T>,
    /// By number, and one more: place of its first entry.
    starts: Vec<u32>,
}

impl<T> Default for Grouped<T> {
    fn default() -> Self {
        Self { list: Vec::new(), starts: vec![0] }
    }
}

impl<T> Grouped<T> {
    /// Of numbers below `count`; `list` is in ascending order of them.
    pub(crate) fn new(list: Vec<T>, count: usize, number: impl Fn(&T) -> u32) -> Self {
        let mut starts = Vec::with_capacity(count + 1);
        starts.push(0);
        let mut place = 0u32;
        for group in 1..=count {
            let rest = &list[place as usize..];
            let ahead = rest.iter().take_while(|entry| (number(entry) as usize) < group).count();
            place += u32::try_from(ahead).expect("content has fewer rows than 2^32");
            starts.push(place);
        }
        Self { list, starts }
    }

    /// Places of a number's entries.
    pub(crate) fn places(&self, number: u32) -> Range<usize> {
        let of = |number: usize| self.starts.get(number).map(|start| *start as usize);
        match (of(number as usize), of(number as usize + 1)) {
            (Some(start), Some(end)) => start..end,
            _ => 0..0,
        }
    }

    /// A number's entries.
    pub(crate) fn of(&self, number: u32) -> &[T] {
        &self.list[self.places(number)]
    }
}

impl<T> Deref for Grouped<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        &self.list
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_number_has_its_entries_and_numbers_past_the_end_have_none() {
        let grouped = Grouped::new(vec![(1, 'a'), (1, 'b'), (3, 'c'), (9, 'd')], 4, |it| it.0);
        let of = |number| grouped.of(number).iter().map(|it| it.1).collect::<String>();
        assert_eq!([0, 1, 2, 3, 4, 9, u32::MAX].map(of), ["", "ab", "", "c", "", "", ""]);
        assert_eq!(grouped.places(3), 2..3);
        assert_eq!(Grouped::<u32>::default().of(0), [0u32; 0]);
    }
}
