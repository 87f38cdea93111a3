//! Discovery, key sets and the API's description.
