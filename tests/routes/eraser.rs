//! `functions/eraser`.
