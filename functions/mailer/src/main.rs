//! Wiring.

fn main() {
    edge::main(mailer::function);
}
