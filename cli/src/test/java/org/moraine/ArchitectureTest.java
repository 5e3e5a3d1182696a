package org.moraine;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.simpleNameEndingWith;
import static com.tngtech.archunit.lang.conditions.ArchConditions.be;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.moraine.stack.Checkout;

/** The rules of who may use whom, over the classes of all modules. */
class ArchitectureTest {

    private static final List<String> MODULES = List.of(
            "contracts",
            "engine",
            "local-stack",
            "blobs",
            "access",
            "job-api",
            "trainer-worker",
            "registry-service",
            "cli");

    /** What job-api uses to check a job, all of it plain Java: nothing of it loads native code. */
    private static final Set<String> ENGINE_FOR_SUBMIT = Set.of(
            "org.moraine.engine.EngineException",
            "org.moraine.engine.model.BaseModels",
            "org.moraine.engine.model.ModelConfig",
            "org.moraine.engine.model.ModelFolder",
            "org.moraine.engine.adapter.AdapterShapes",
            "org.moraine.engine.training.TrainingEstimate",
            "org.moraine.engine.safetensors.DType");

    private static JavaClasses all;

    @BeforeAll
    static void read() {
        List<Path> folders = MODULES.stream()
                .map(module -> Checkout.root().resolve(module).resolve("target/classes"))
                .toList();
        assertThat(folders).allMatch(Files::isDirectory, "is built");
        all = new ClassFileImporter().importPaths(folders);
    }

    @Test
    void contractsAreOfAnnotationsOnly() {
        classes()
                .that()
                .resideInAPackage("org.moraine.contracts..")
                .should()
                .onlyDependOnClassesThat(
                        resideInAnyPackage("java..", "org.moraine.contracts..", "com.fasterxml.jackson.annotation..")
                                .or(resideInAPackage("org.jspecify.annotations..")))
                .check(all);
    }

    @Test
    void everyModuleUsesTheModulesBelowIt() {
        uses("org.moraine.engine..", "org.moraine.contracts..");
        uses("org.moraine.blobs..", "org.moraine.contracts..");
        uses("org.moraine.access..", "org.moraine.contracts..");
        uses("org.moraine.stack..", "org.moraine.contracts..");
        uses(
                "org.moraine.jobs..",
                "org.moraine.contracts..",
                "org.moraine.blobs..",
                "org.moraine.access..",
                "org.moraine.engine..");
        uses("org.moraine.worker..", "org.moraine.contracts..", "org.moraine.blobs..", "org.moraine.engine..");
        uses("org.moraine.registry..", "org.moraine.contracts..", "org.moraine.blobs..", "org.moraine.access..");
        uses(
                "org.moraine.cli..",
                "org.moraine.contracts..",
                "org.moraine.stack..",
                "org.moraine.blobs..",
                "org.moraine.engine..");
    }

    @Test
    void jobApiUsesOfTheEngineWhatIsPlainJava() {
        DescribedPredicate<JavaClass> rest = resideInAPackage("org.moraine.engine..")
                .and(not(resideInAnyPackage("org.moraine.engine.data..", "org.moraine.engine.tokenizer..")))
                .and(DescribedPredicate.describe(
                        "other than " + ENGINE_FOR_SUBMIT, used -> !ENGINE_FOR_SUBMIT.contains(outermost(used))));
        noClasses()
                .that()
                .resideInAPackage("org.moraine.jobs..")
                .should()
                .dependOnClassesThat(rest)
                .check(all);
    }

    @Test
    void roomsHaveNoCycles() {
        for (String module : List.of("engine", "jobs", "worker", "registry")) {
            slices().matching("org.moraine." + module + ".(*)..")
                    .should()
                    .beFreeOfCycles()
                    .check(all);
        }
    }

    @Test
    void djlIsUsedInTheEngineOnly() {
        noClasses()
                .that()
                .resideOutsideOfPackage("org.moraine.engine..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("ai.djl..")
                .check(all);
    }

    @Test
    void jaxRsIsUsedWhereHttpIsSpoken() {
        noClasses()
                .that(resideInAnyPackage("..openai..", "..hub..", "org.moraine.access..")
                        .negate())
                .and(DescribedPredicate.describe(
                        "are no resource", inner -> !outermost(inner).endsWith("Resource")))
                .should()
                .dependOnClassesThat()
                .resideInAPackage("jakarta.ws.rs..")
                .check(all);
    }

    @Test
    void kafkaIsUsedWhereRecordsComeAndGo() {
        noClasses()
                .that(resideInAnyPackage("..take..", "..report..", "..progress..", "..command..", "..outbox..")
                        .negate())
                .should()
                .dependOnClassesThat()
                .resideInAPackage("org.apache.kafka..")
                .check(all);
    }

    @Test
    void namesSayWhatAClassIs() {
        noClasses()
                .should(be(simpleNameEndingWith("Impl")
                        .or(simpleNameEndingWith("Dto"))
                        .or(simpleNameEndingWith("Mapper"))
                        .or(simpleNameEndingWith("Manager"))))
                .check(all);
        noClasses()
                .should()
                .resideInAnyPackage("..util..", "..common..", "..helper..", "..internal..")
                .check(all);
    }

    @Test
    void everyPackageIsNonNullByDefault() {
        Set<String> unmarked = all.stream()
                .map(JavaClass::getPackage)
                .filter(room -> !room.isAnnotatedWith(NullMarked.class))
                .map(room -> room.getName())
                .collect(Collectors.toSet());

        assertThat(unmarked).isEmpty();
    }

    private static void uses(String module, String... below) {
        noClasses()
                .that()
                .resideInAPackage(module)
                .should()
                .dependOnClassesThat(resideInAPackage("org.moraine..")
                        .and(not(resideInAPackage(module)))
                        .and(not(resideInAnyPackage(below))))
                .check(all);
    }

    private static String outermost(JavaClass inner) {
        return inner.getName().replaceAll("\\$.*", "");
    }
}
