//! Wiring.

fn main() {
    edge::main(audit::function);
}
