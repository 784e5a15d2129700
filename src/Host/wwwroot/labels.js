// What a label looks like. Colour only helps: the label's name always stands in the mark.

/** How many colours the style sheet has (.c0 to .c11). */
const colours = 12;

const known = new Map(Object.entries({
  PER: 0, PERSON: 0, LOC: 1, GPE: 1, LOCATION: 1, ORG: 2, ORGANIZATION: 2, CORPORATION: 2, GROUP: 2, MISC: 3, DATE: 4, TIME: 4,
  MONEY: 5, PRODUCT: 6, EVENT: 7, EMAIL: 8, URL: 8, PHONE: 9, NOUN: 4, PROPN: 0, VERB: 7, AUX: 7, ADJ: 2, ADV: 5, PRON: 8, DET: 10, ADP: 9, NUM: 1, PUNCT: 11,
}));

/** The class that gives a label its colour: always the same one for the same name. */
export function colourOf(label) {
  const name = typeOf(label);
  let colour = known.get(name.toUpperCase());
  if (colour === undefined) {
    let hash = 7;
    for (let i = 0; i < name.length; i++)
      hash = (hash * 31 + name.charCodeAt(i)) >>> 0;
    colour = hash % colours;
  }
  return `c${colour}`;
}

const prefixed = /^[BIESLU]-(.+)$/;

/** A label without its place in the entity: B-PER is PER. */
export const typeOf = label => prefixed.exec(label)?.[1] ?? label;

/** Whether a model labels words, not entities: part of speech has no beginnings and insides. */
export const labelsWords = labels => labels.length > 0 && !labels.some(label => prefixed.test(label));
