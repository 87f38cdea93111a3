//! `recover` as Lambda runs it.

fn main() {
    edge::main(recover::function);
}
