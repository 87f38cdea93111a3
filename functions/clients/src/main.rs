//! `clients` as Lambda runs it.

fn main() {
    edge::main(clients::function);
}
