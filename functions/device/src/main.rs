//! `device` as Lambda runs it.

fn main() {
    edge::main(device::function);
}
