//! `dispatch` as Lambda runs it.

fn main() {
    edge::main(dispatch::function);
}
