using System.Text.RegularExpressions;
using StreamNer.Inference.Domain;

namespace StreamNer.Inference.Rules;

/// <summary>One line of the rules file.</summary>
/// <param name="Line">Its number, from 1.</param>
/// <param name="Label">What it calls a match.</param>
/// <param name="Phrase">The phrase; null when it is a regular expression.</param>
/// <param name="Expression">The regular expression; null when it is a phrase. Any thread may use it.</param>
/// <param name="Source">What its entities name as their source; one object for all of them.</param>
internal sealed record Rule(int Line, string Label, string? Phrase, Regex? Expression, EntitySource Source);
