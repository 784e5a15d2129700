using StreamNer.Inference.Models.Onnx.Graph;

namespace StreamNer.Inference.Models.Onnx.Rewriting;

/// <summary>What the names of a graph stand for: which are constants, which depend on an input, which are taken. One thread.</summary>
/// <remarks>A rewriter replaces the nodes as a whole, adds what it needs and lets <see cref="Sweep"/> tidy up.</remarks>
internal sealed class GraphIndex
{
    /// <summary>Longest row of Identity and Transpose that is followed to a weight; exporters write one or two.</summary>
    private const int MostSteps = 8;

    /// <summary>What may be dropped when nobody reads what it gives.</summary>
    private static readonly HashSet<string> Sweepable = ["Constant", "Identity", "Transpose"];

    private readonly GraphProto _graph;
    private readonly Dictionary<string, TensorProto> _initializers = new(StringComparer.Ordinal);
    private readonly Dictionary<string, NodeProto> _producers = new(StringComparer.Ordinal);
    private readonly HashSet<string> _names = new(StringComparer.Ordinal);
    private readonly HashSet<string> _fromInputs = new(StringComparer.Ordinal);

    public GraphIndex(GraphProto graph)
    {
        _graph = graph;
        foreach (var initializer in graph.Initializer)
            _initializers[initializer.Name] = initializer;
        foreach (var node in graph.Node)
        {
            foreach (var output in node.Output)
                _producers[output] = node;
        }

        _names.UnionWith(_initializers.Keys);
        _names.UnionWith(graph.SparseInitializer.Select(sparse => sparse.Values?.Name ?? ""));
        _names.UnionWith(graph.Input.Concat(graph.Output).Select(value => value.Name));
        foreach (var node in graph.Node)
            AddNames(node);
        FollowInputs();
    }

    /// <summary>Whether a value depends on what is fed. What doesn't is computed once, when the model is loaded.</summary>
    public bool DependsOnInput(string name) => _fromInputs.Contains(name);

    /// <summary>The tensor that a name stands for, through <c>Identity</c>, <c>Transpose</c> of a matrix and <c>Constant</c>.</summary>
    /// <param name="name">Name of a value.</param>
    /// <param name="isTransposed">Whether the value is the tensor with rows and columns exchanged.</param>
    /// <returns>Null when it is computed.</returns>
    public TensorProto? Constant(string name, out bool isTransposed)
    {
        isTransposed = false;
        for (var step = 0; step < MostSteps; step++)
        {
            if (_initializers.TryGetValue(name, out var initializer))
                return initializer;
            if (!_producers.TryGetValue(name, out var node) || !GraphNode.IsStandard(node))
                return null;
            switch (node.OpType)
            {
                case "Constant":
                    return node.Attribute.FirstOrDefault(attribute => attribute.Name == "value")?.T;
                case "Identity" when node.Input.Count == 1:
                    break;
                case "Transpose" when node.Input.Count == 1 && ExchangesTwoAxes(node):
                    isTransposed = !isTransposed;
                    break;
                default:
                    return null;
            }

            name = node.Input[0];
        }

        return null;
    }

    /// <summary>A name that nothing has yet; it is taken with that.</summary>
    public string NewName(string stem)
    {
        var name = stem;
        for (var number = 1; !_names.Add(name); number++)
            name = $"{stem}_{number}";
        return name;
    }

    /// <summary>Drops weights, and what only hands them on, that nobody reads any more, and inputs that are but names of weights.</summary>
    public void Sweep()
    {
        for (var found = true; found;)
        {
            var read = Read();
            var dead = _graph.Node.Where(node => Sweepable.Contains(node.OpType) && !node.Output.Any(read.Contains))
                .ToHashSet<NodeProto>(ReferenceEqualityComparer.Instance);
            found = dead.Count > 0;
            if (found)
                Keep(_graph.Node, node => !dead.Contains(node));
        }

        var needed = Read();
        var dropped = _initializers.Keys.Where(name => !needed.Contains(name)).ToHashSet(StringComparer.Ordinal);
        Keep(_graph.Initializer, initializer => needed.Contains(initializer.Name));
        Keep(_graph.Input, input => !dropped.Contains(input.Name));
        _graph.ValueInfo.Clear();
    }

    /// <summary>Keeps the items of a list for which a condition holds, in their order.</summary>
    private static void Keep<T>(Google.Protobuf.Collections.RepeatedField<T> list, Func<T, bool> isKept)
    {
        var kept = list.Where(isKept).ToArray();
        if (kept.Length == list.Count)
            return;
        list.Clear();
        list.AddRange(kept);
    }

    private static bool ExchangesTwoAxes(NodeProto node) =>
        node.Attribute.FirstOrDefault(attribute => attribute.Name == "perm") is not { } order
        || order.Ints.Count == 2 && order.Ints[0] == 1 && order.Ints[1] == 0;

    private HashSet<string> Read()
    {
        HashSet<string> read = new(StringComparer.Ordinal);
        read.UnionWith(_graph.Output.Select(output => output.Name));
        foreach (var node in _graph.Node)
            AddRead(node, read);
        return read;
    }

    private static void AddRead(NodeProto node, HashSet<string> read)
    {
        read.UnionWith(node.Input);
        foreach (var inner in Inner(node))
        {
            read.UnionWith(inner.Output.Select(output => output.Name));
            foreach (var below in inner.Node)
                AddRead(below, read);
        }
    }

    private void AddNames(NodeProto node)
    {
        _names.UnionWith(node.Input);
        _names.UnionWith(node.Output);
        _names.Add(node.Name);
        foreach (var inner in Inner(node))
        {
            _names.UnionWith(inner.Initializer.Select(initializer => initializer.Name));
            _names.UnionWith(inner.Input.Select(input => input.Name));
            foreach (var below in inner.Node)
                AddNames(below);
        }
    }

    /// <summary>The branches and bodies of a node of control flow.</summary>
    public static IEnumerable<GraphProto> Inner(NodeProto node) =>
        node.Attribute.SelectMany(attribute => attribute.G is null ? attribute.Graphs : attribute.Graphs.Prepend(attribute.G));

    private void FollowInputs()
    {
        _fromInputs.UnionWith(_graph.Input.Select(input => input.Name).Where(name => !_initializers.ContainsKey(name)));

        // One pass does where the nodes stand in the order in which they are computed, as they should.
        for (var found = true; found;)
        {
            found = false;
            foreach (var node in _graph.Node)
            {
                if (node.Output.Any(_fromInputs.Contains) || !(node.Input.Any(_fromInputs.Contains) || Inner(node).Any()))
                    continue;
                _fromInputs.UnionWith(node.Output);
                found = true;
            }
        }
    }
}
