//! `session` as Lambda runs it.

fn main() {
    edge::main(session::function);
}
