//! `acts` as Lambda runs it.

fn main() {
    edge::main(acts::function);
}
