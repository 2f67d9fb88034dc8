//! What the acts that are not the person's cost.
