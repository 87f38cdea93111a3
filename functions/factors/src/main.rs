//! `factors` as Lambda runs it.

fn main() {
    edge::main(factors::function);
}
