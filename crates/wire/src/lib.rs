//! What may cross the boundary between agency and linkage unit.
