//! Wiring.

fn main() {
    edge::main(rotate::function);
}
