using System.Text.Json;
using Strata.Inventory.Bills;
using Strata.Testing;

namespace Strata.Inventory.Tests.Bills;

/// <summary>The SPDX project's own reader, tools-golang 0.5 as Debian packages it, made into a program by Debian's Go.</summary>
public sealed class SpdxReaderTests : IDisposable
{
    private const string Program = """
        package main

        import (
            "fmt"
            "os"

            "github.com/spdx/tools-golang/json"
            "github.com/spdx/tools-golang/spdxlib"
        )

        func main() {
            file, err := os.Open(os.Args[1])
            if err != nil {
                panic(err)
            }
            document, err := json.Read(file)
            if err == nil {
                err = spdxlib.ValidateDocument(document)
            }
            if err != nil {
                fmt.Println("refused:", err)
                os.Exit(1)
            }
            fmt.Println(document.SPDXVersion, document.DocumentName, document.CreationInfo.Created)
            for _, p := range document.Packages {
                fmt.Printf("package %s|%s|%s|%s|%d\n", p.PackageSPDXIdentifier, p.PackageName, p.PackageVersion, p.PackageLicenseDeclared,
                    len(p.PackageExternalReferences))
            }
            for _, f := range document.Files {
                fmt.Printf("file %s", f.FileName)
                for _, c := range f.Checksums {
                    fmt.Printf(" %s", c.Value)
                }
                fmt.Println()
            }
            for _, r := range document.Relationships {
                fmt.Println("relation", r.RefA.ElementRefID, r.Relationship, r.RefB.ElementRefID)
            }
        }
        """;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [SkippableFact]
    [Trait("Category", "Slow")] // Go compiles its own library first
    public void Write_Bill_IsReadByTheSpdxProjectsOwnReaderAsItIsMeant()
    {
        string reader = MakeReader();
        foreach (Bill bill in new[] { MadeBill.Whole, MadeBill.Whole.OfLayer("none") })
        {
            byte[] document = BillForm.Spdx.Write(bill);
            File.WriteAllBytes(_folder["bill.spdx.json"], document);
            (int exitCode, string said) = Oracle.Run(reader, _folder["bill.spdx.json"]);
            Assert.True(exitCode == 0, said);
            Assert.Equal(Meant(document), said.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        }
        // it would say so: a file in a relation that is not there
        string broken = File.ReadAllText(_folder["bill.spdx.json"])
            .Replace("\"relatedSpdxElement\": \"", "\"relatedSpdxElement\": \"SPDXRef-No", StringComparison.Ordinal)
            .Replace("SPDXRef-NoSPDXRef-", "SPDXRef-No", StringComparison.Ordinal);
        File.WriteAllText(_folder["bill.spdx.json"], broken);
        Assert.Equal(1, Oracle.Run(reader, _folder["bill.spdx.json"]).ExitCode);
    }

    private string MakeReader()
    {
        string tools = Environment.GetEnvironmentVariable("STRATA_TEST_SPDX") ?? "";
        Skip.If(tools.Length == 0, "STRATA_TEST_SPDX is not set; './test --all' sets it");
        File.WriteAllText(_folder["reader.go"], Program);
        string go = Path.Combine(tools, "usr/lib/go-1.24");
        (int exitCode, string said) = Oracle.Run(
            "env", "-i", $"HOME={_folder.Path}", "PATH=/usr/bin:/bin", $"GOROOT={go}", $"GOPATH={Path.Combine(tools, "usr/share/gocode")}",
            $"GOCACHE={_folder["cache"]}", "GO111MODULE=off", "GOTOOLCHAIN=local", "GOFLAGS=", "CGO_ENABLED=0",
            Path.Combine(go, "bin/go"), "build", "-o", _folder["reader"], _folder["reader.go"]);
        Assert.True(exitCode == 0, said);
        return _folder["reader"];
    }

    private static IEnumerable<string> Meant(byte[] document)
    {
        using JsonDocument json = JsonDocument.Parse(document);
        JsonElement root = json.RootElement;
        yield return $"{Text(root, "spdxVersion")} {Text(root, "name")} {Text(root.GetProperty("creationInfo"), "created")}";
        foreach (JsonElement package in root.GetProperty("packages").EnumerateArray())
        {
            int references = package.TryGetProperty("externalRefs", out JsonElement all) ? all.GetArrayLength() : 0;
            yield return $"package {Id(package, "SPDXID")}|{Text(package, "name")}|{Text(package, "versionInfo")}|"
                + $"{Text(package, "licenseDeclared")}|{references}";
        }
        foreach (JsonElement file in root.GetProperty("files").EnumerateArray())
        {
            IEnumerable<string> sums = file.GetProperty("checksums").EnumerateArray().Select(c => Text(c, "checksumValue"));
            yield return $"file {Text(file, "fileName")} {string.Join(' ', sums)}";
        }
        foreach (JsonElement relation in root.GetProperty("relationships").EnumerateArray())
        {
            yield return $"relation {Id(relation, "spdxElementId")} {Text(relation, "relationshipType")} "
                + Id(relation, "relatedSpdxElement");
        }
    }

    private static string Id(JsonElement element, string name) => Text(element, name)["SPDXRef-".Length..];

    private static string Text(JsonElement element, string name) =>
        element.TryGetProperty(name, out JsonElement text) ? text.GetString() ?? "" : "";
}
