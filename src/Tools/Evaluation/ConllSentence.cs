namespace StreamNer.Tools.Evaluation;

/// <summary>One sentence of a data set.</summary>
/// <param name="Words">Its words, as the file has them.</param>
/// <param name="Tags">The label of each.</param>
/// <param name="Line">Line of the file in which it begins, from 1.</param>
internal sealed record ConllSentence(IReadOnlyList<string> Words, IReadOnlyList<string> Tags, int Line);
