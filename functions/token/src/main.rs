//! `token` as Lambda runs it.

fn main() {
    edge::main(token::function);
}
