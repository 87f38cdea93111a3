//! `login` as Lambda runs it.

fn main() {
    edge::main(login::function);
}
