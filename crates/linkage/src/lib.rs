//! Blocking, comparison, training, scoring, clustering and quality. Pure: no clock, no disk, no
//! network; what it reads comes through [`tallystick_wire::ReadAt`].

pub mod block;
pub mod chance;
pub mod cluster;
pub mod compare;
pub mod link;
pub mod pattern;
pub mod quality;
pub mod train;
pub mod unlikely;
