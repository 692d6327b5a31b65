"""Things that the model was never told about, to see where confident nonsense begins."""

UNKNOWN_CONCEPTS = tuple(
    """cat meow|lion roar|elephant|cow mooing|pig grunting|sheep|rooster|frog croaking|
    mosquito buzzing|horse neighing|baby crying|sneeze|coughing|snoring|hiccup|kissing|
    chewing food|drinking through a straw|gargling|toilet flush|vacuum cleaner|hair dryer|
    washing machine|dishwasher|microwave oven|coffee grinder|frying pan sizzle|kettle boiling|
    zipper|velcro|scissors cutting paper|tearing paper|crumpling a plastic bag|typing keyboard|
    mouse scroll wheel|printer|fax machine|stapler|cash register|coins falling|dice rolling|
    playing cards shuffled|bowling|tennis serve|skateboard|bicycle chain|ice skating|
    chainsaw|hand saw|hammering nails|electric drill|sanding wood|lawn mower|tractor|
    sailing boat|submarine sonar ping|opera aria|yodelling|beatboxing|rap verse|national anthem|
    mortgage rate|tax return|chocolate cake|blue sky|happiness|quantum mechanics|democracy|
    grammar lesson|football manager|hospital appointment|passport photo|red wine|mathematics|
    winter holiday|kitchen table|garden fence|legal advice|blood pressure|cotton shirt|
    stock market|medieval castle|pepper soup|wedding dress|shopping list|office chair""".replace(
        "\n", ""
    ).split("|")
)
UNKNOWN_CONCEPTS = tuple(concept.strip() for concept in UNKNOWN_CONCEPTS)
"""About 85 concepts, half of them sounds and half not."""
