//! `register` as Lambda runs it.

fn main() {
    edge::main(register::function);
}
