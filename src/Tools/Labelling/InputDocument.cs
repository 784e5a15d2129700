using StreamNer.Inference.Domain;

namespace StreamNer.Tools.Labelling;

/// <summary>One document of the input, or the reason why it could not be read.</summary>
/// <param name="Place">Where it stands, for a person: <c>news.txt, line 3</c>.</param>
/// <param name="Document">The document; null when it could not be read.</param>
/// <param name="Problem">Why it could not be read; null when it was.</param>
/// <param name="Bytes">Bytes it took from the input, its line break included.</param>
internal sealed record InputDocument(string Place, Document? Document, string? Problem, long Bytes);
