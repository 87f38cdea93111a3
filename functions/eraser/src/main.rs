//! `eraser` as Lambda runs it.

fn main() {
    edge::main(eraser::function);
}
