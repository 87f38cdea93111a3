//! `verify` as Lambda runs it.

fn main() {
    edge::main(verify::function);
}
