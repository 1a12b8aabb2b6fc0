//! Blocking, comparison, training, scoring, clustering and quality.
