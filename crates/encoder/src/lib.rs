//! Mapping, normalisation and keyed encoding. Raw values live and die here.
