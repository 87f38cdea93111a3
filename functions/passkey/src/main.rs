//! `passkey` as Lambda runs it.

fn main() {
    edge::main(passkey::function);
}
