namespace StreamNer.Inference.Rules;

/// <summary>Who stays when a rule's match and a model's entity share a character.</summary>
public enum RuleConflict
{
    /// <summary>The rule's match stays, every model's entity that it touches goes. The default: a rule is written for what models get wrong.</summary>
    Rules,

    /// <summary>The models' entities stay, a match that touches one goes.</summary>
    Model,

    /// <summary>The longer one stays, in characters; of equals the rule's match.</summary>
    Longest,
}
