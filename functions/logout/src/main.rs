//! `logout` as Lambda runs it.

fn main() {
    edge::main(logout::function);
}
