using System.Security.Cryptography;
using System.Text;

namespace StreamNer.Streams.Wire;

/// <summary>Says who made an event: one model, or several and rules under one name and hash.</summary>
/// <param name="Name">The model's name, such as <c>en-ner-small</c>; of several all names with <c>+</c> between.</param>
/// <param name="Hash">
/// Short hash of the model's files, of several over all of them; part of the event's id, so that another model's events are other
/// events.
/// </param>
public sealed record ModelIdentity(string Name, string Hash)
{
    /// <summary>The models, in order, where several are configured; else empty. With names and hashes of their own.</summary>
    public IReadOnlyList<ModelIdentity> Models { get; private init; } = [];

    /// <summary>Name and hash of the rules; null without rules.</summary>
    public ModelIdentity? Rules { get; private init; }

    /// <summary>Names those who label together. One model without rules is itself, so its events keep their ids.</summary>
    /// <param name="asked">The models that label, one or more.</param>
    /// <param name="rules">Name of the rules' file and its hash; null without rules.</param>
    /// <param name="several">Whether several models are configured, also when only one of them is asked.</param>
    public static ModelIdentity Combine(IReadOnlyList<ModelIdentity> asked, ModelIdentity? rules, bool several)
    {
        ArgumentOutOfRangeException.ThrowIfZero(asked.Count);
        var hash = asked.Count == 1 && rules is null ? asked[0].Hash
            : Combined([.. asked, .. rules is null ? Array.Empty<ModelIdentity>() : [rules]]);
        return new ModelIdentity(string.Join('+', asked.Select(model => model.Name)), hash)
        {
            Models = several ? asked
            : [],
            Rules = rules
        };
    }

    private static string Combined(IEnumerable<ModelIdentity> parts) =>
        Convert.ToHexStringLower(
            SHA256.HashData(Encoding.UTF8.GetBytes(string.Concat(parts.Select(part => $"{part.Name} {part.Hash}\n")))))[..8];
}
