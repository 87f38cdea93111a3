//! French, with « vous ».

use super::Texts;

pub(super) static TEXTS: Texts = Texts {
    title: "Connexion",
    lead: |app, brand| format!("{app} vous demande de vous connecter à votre compte {brand}."),
    email: "Adresse e-mail",
    password: "Mot de passe",
    submit: "Se connecter et continuer",
    cancel: "Pas maintenant, retour à l’application",
    wrong: "L’adresse et le mot de passe ne vont pas ensemble. Vérifiez les deux, puis réessayez.",
    no_address: "Ce n’est pas une adresse e-mail. Veuillez la vérifier.",
    no_password: "Aucun mot de passe n’est demandé ici, et cette page ne peut encore rien demander d’autre. Connectez-vous dans l’application elle-même, ou revenez en arrière.",
};
