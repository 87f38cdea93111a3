//! `passwordless` as Lambda runs it.

fn main() {
    edge::main(passwordless::function);
}
