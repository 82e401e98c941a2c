"""What the invented neighbours of the demonstration city propose."""

NEIGHBOURS = (
    "Nubia O.",
    "Efraín S.",
    "Yolanda P.",
    "Wilmer C.",
    "Aura M.",
    "Hernando R.",
    "Deisy V.",
    "Álvaro T.",
    "Milena A.",
    "Rigoberto L.",
    "Sandra N.",
    "Fabián D.",
    "Gladys B.",
    "Óscar J.",
    "Leidy F.",
    "Campo Elías H.",
    "Marleny G.",
    "Édinson Z.",
    "Rubiela Q.",
    "Jhon Fredy I.",
    "Teresa U.",
    "Anselmo K.",
    "Paola E.",
    "Ismael W.",
)

# (title, text, territory code, theme code, weight: how much it is supported)
PROPOSALS = (
    (
        "Agua todos los días en la vereda El Mirador",
        "El agua llega **dos veces por semana** y a las casas de arriba casi no sube.\n\n"
        "Proponemos:\n\n- un tanque de reserva junto a la escuela;\n- cambiar los 400 metros de tubo más viejos;\n"
        "- que la junta lleve un cuaderno de turnos a la vista de todos.",
        "el-mirador",
        "agua",
        9,
    ),
    (
        "Andenes anchos frente al hospital",
        "Las personas con muletas o silla de ruedas bajan a la calle porque el andén mide menos de un metro. "
        "Bastaría quitar tres parqueaderos y poner rampas en las dos esquinas.",
        "centro",
        "movilidad",
        7,
    ),
    (
        "Biblioteca que abre los sábados por la tarde",
        "Quienes trabajamos entre semana no alcanzamos a llevar a los niños. Con dos monitores de la universidad, "
        "por turnos, la biblioteca podría abrir los sábados de 2 a 6.",
        "centro",
        "educacion",
        6,
    ),
    (
        "Mercado campesino cada quince días en el parque",
        "Las familias de las veredas venden sin intermediarios y en el pueblo se consigue comida fresca. "
        "Hace falta: toldos, un baño portátil y el transporte de la madrugada.",
        "la-esperanza",
        "campo",
        10,
    ),
    (
        "Luces con sensor en el sendero de la quebrada",
        "El sendero es el camino más corto al colegio y a las seis ya está oscuro. "
        "Luces solares cada veinte metros; la junta se ofrece a cuidarlas.",
        "villa-rosa",
        "seguridad",
        8,
    ),
    (
        "Taller de arreglo de bicicletas en la casa de la cultura",
        "Muchos jóvenes van en bicicleta al trabajo. Un taller abierto con herramientas prestadas ayuda a que sigan "
        "rodando y es un oficio que se aprende.",
        "villa-rosa",
        "movilidad",
        4,
    ),
    (
        "Punto de internet en la escuela de La Esperanza",
        "La señal de celular solo se coge en el alto. Con un punto en la escuela, abierto a la comunidad después de "
        "clase, se podrían hacer trámites sin bajar al pueblo.",
        "la-esperanza",
        "educacion",
        9,
    ),
    (
        "Separar los residuos orgánicos del mercado para abono",
        "Cada semana salen de la plaza varias toneladas que sirven de abono para las huertas. "
        "Pedimos tres contenedores con tapa y un recorrido los martes y viernes.",
        "centro",
        "agua",
        5,
    ),
    (
        "Ruta de bus que pase por El Mirador a las cinco de la mañana",
        "La primera ruta sale a las 6:30 y quienes trabajan en las plantas entran a las 6. "
        "Un solo viaje más, de lunes a sábado, cambia el día de cien familias.",
        "el-mirador",
        "movilidad",
        7,
    ),
    (
        "Escuela de música en las veredas con instrumentos prestados",
        "Una maleta con diez instrumentos que rota cada dos meses, y un profesor que sube los sábados.",
        "el-mirador",
        "cultura",
        5,
    ),
    (
        "Huerta y comedor del adulto mayor",
        "El lote detrás del puesto de salud está vacío. Allí cabe una huerta que atienda el comedor y "
        "dé compañía a quienes viven solos.",
        "villa-rosa",
        "salud",
        6,
    ),
    (
        "Señales claras en la entrada del colegio",
        "Los carros pasan muy rápido a la salida de clases. Una cebra pintada, dos reductores y un aviso de 30 km/h.",
        "centro",
        "seguridad",
        6,
    ),
    (
        "Brigada de salud móvil una vez al mes",
        "Que suba una vez al mes a las tres veredas más lejanas, con odontología y toma de muestras, "
        "y con el calendario avisado por la emisora.",
        "la-esperanza",
        "salud",
        8,
    ),
    (
        "Recuperar el nacimiento de agua de la loma",
        "Cercar dos hectáreas, sembrar nativos y hacer jornadas con los colegios. "
        "La finca vecina ya dijo que cede una franja.",
        "el-mirador",
        "agua",
        9,
    ),
    (
        "Cine al parque con la historia del barrio",
        "Los mayores cuentan, los jóvenes graban. Seis funciones al año en la cancha con lo que se vaya grabando.",
        "villa-rosa",
        "cultura",
        3,
    ),
    (
        "Acopio de leche con frío compartido",
        "La leche de la tarde se pierde. Un tanque frío para veinte productores, administrado por la asociación.",
        "la-esperanza",
        "campo",
        7,
    ),
    (
        "Intérprete de lengua de señas en las reuniones del concejo",
        "Somos varias personas sordas que queremos saber qué se decide. "
        "Que las sesiones públicas tengan intérprete y queden grabadas.",
        "centro",
        "salud",
        4,
    ),
    (
        "Arreglar la placa de la cancha y ponerle techo",
        "Se usa todos los días: deporte, misa, reuniones y velorios. Con techo serviría también cuando llueve.",
        "villa-rosa",
        "cultura",
        8,
    ),
)

CYCLES = (
    # (kind of phase that is active now, slug, title in three languages, summary in three languages)
    (
        "diagnosis",
        "agua-para-las-veredas",
        {
            "es": "Agua para las veredas",
            "en": "Water for the rural districts",
            "pt": "Água para as veredas",
        },
        {
            "es": "Estamos averiguando dónde falta el agua y por qué, vereda por vereda.",
            "en": "We are finding out where water is short and why, district by district.",
            "pt": "Estamos descobrindo onde falta água e por quê, vereda por vereda.",
        },
    ),
    (
        "ideation",
        "ideas-para-el-espacio-publico",
        {
            "es": "Ideas para el espacio público",
            "en": "Ideas for public space",
            "pt": "Ideias para o espaço público",
        },
        {
            "es": "Proponga cómo mejorar las calles, parques y caminos, y apoye lo que le sirve.",
            "en": "Propose how to improve streets, parks and paths, and support what helps you.",
            "pt": "Proponha como melhorar ruas, praças e caminhos, e apoie o que lhe serve.",
        },
    ),
    (
        "prototyping",
        "rutas-seguras-al-colegio",
        {
            "es": "Rutas seguras al colegio",
            "en": "Safe routes to school",
            "pt": "Rotas seguras para a escola",
        },
        {
            "es": "Con las ideas más apoyadas se hacen modelos sencillos que se prueban en la calle.",
            "en": "The best supported ideas become simple models that are tried out in the street.",
            "pt": "As ideias mais apoiadas viram modelos simples que são testados na rua.",
        },
    ),
    (
        "pilot",
        "mercado-campesino",
        {"es": "Mercado campesino", "en": "Farmers' market", "pt": "Mercado camponês"},
        {
            "es": "Un piloto con veinte familias mide si el mercado quincenal funciona.",
            "en": "A pilot with twenty families measures whether the fortnightly market works.",
            "pt": "Um piloto com vinte famílias mede se o mercado quinzenal funciona.",
        },
    ),
    (
        "evaluation",
        "residuos-que-sirven",
        {"es": "Residuos que sirven", "en": "Waste that is useful", "pt": "Resíduos que servem"},
        {
            "es": "Se miran los resultados del piloto y se decide: escalar, ajustar, repetir o descartar.",
            "en": "Results of the pilot are reviewed to decide: scale, adjust, repeat or drop.",
            "pt": "Avaliam-se os resultados do piloto e decide-se: ampliar, ajustar, repetir ou descartar.",
        },
    ),
)

COMING = (
    # (slug, title in three languages, summary in three languages)
    "calles-para-jugar",
    {"es": "Calles para jugar", "en": "Streets to play in", "pt": "Ruas para brincar"},
    {
        "es": "Dentro de unos días empezamos a mirar en qué calles se puede jugar sin peligro.",
        "en": "In some days we begin to look at which streets children can safely play in.",
        "pt": "Em alguns dias começamos a ver em que ruas se pode brincar sem perigo.",
    },
)

OUTCOMES = {
    # template: what came of it, in three languages; the figures are those that it published
    "innova360": {
        "es": "Participaron 19 gobiernos locales de cuatro países. Se hicieron 17 diagnósticos, "
        "9 laboratorios de cocreación, 5 guías sobre la COVID-19 y 6 manuales. En los dos cursos "
        "en línea se inscribieron 783 personas de 14 países.",
        "en": "19 local governments of four countries took part. There were 17 diagnoses, "
        "9 co-creation labs, 5 guides on COVID-19 and 6 manuals. 783 people of 14 countries "
        "signed up for the two online courses.",
        "pt": "Participaram 19 governos locais de quatro países. Foram feitos 17 diagnósticos, "
        "9 laboratórios de cocriação, 5 guias sobre a COVID-19 e 6 manuais. Nos dois cursos "
        "on-line se inscreveram 783 pessoas de 14 países.",
    },
}
