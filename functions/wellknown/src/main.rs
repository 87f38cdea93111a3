//! Wiring.

fn main() {
    edge::main(wellknown::function);
}
