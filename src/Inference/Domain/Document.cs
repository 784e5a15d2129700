namespace StreamNer.Inference.Domain;

/// <summary>A text to be labelled. Immutable, any thread.</summary>
/// <param name="Id">Says which document this is; two documents of one batch may share an id.</param>
/// <param name="Text">The original text. Every span of the result points into it. May hold any UTF-16, lone surrogates included.</param>
public sealed record Document(DocumentId Id, string Text);
