//! Spanish.

use super::Texts;

pub(super) const TEXTS: Texts = Texts {
    title: "Conectar un dispositivo",
    lead: "Escriba el código que muestra su dispositivo.",
    code: "Código",
    go_on: "Seguir",
    wrong: "Ese código no existe o ya no vale. Si empieza de nuevo en el dispositivo, mostrará otro.",
    confirm_title: |app| format!("¿Iniciar sesión en {app} en un dispositivo?"),
    confirm_lead: |app, brand| format!("En un dispositivo, {app} pide esto a {brand}:"),
    compare: "Su dispositivo debe mostrar exactamente este código:",
    place: |place| format!("El dispositivo está cerca de {place}."),
    warning: "Siga solo si lo ha empezado usted y tiene el dispositivo delante. Nadie honrado le envía un código para que lo escriba aquí: quien lo hace quiere entrar como usted.",
    allow: "Iniciar sesión en el dispositivo",
    deny: "No iniciar sesión",
    allowed: ["El dispositivo ha iniciado sesión", "Puede volver a él y cerrar esta página."],
    denied: ["El dispositivo no ha iniciado sesión", "No recibe nada. Puede cerrar esta página."],
};
