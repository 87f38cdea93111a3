//! `mfa` as Lambda runs it.

fn main() {
    edge::main(mfa::function);
}
