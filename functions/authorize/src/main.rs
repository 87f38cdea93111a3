//! `authorize` as Lambda runs it.

fn main() {
    edge::main(authorize::function);
}
