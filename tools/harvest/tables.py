"""Module-level tables of Python sources, read without running them.

transformers keeps what it knows in tables: model types and their classes, tokenizers, activations.
Their form changed over the years: ordered dicts of pairs, of classes or of their names, dicts that
unpack and update others. `tables_of` evaluates just these forms; what it cannot, it leaves out.
"""
import ast


class Unknown(Exception):
    """An expression of another form."""


def evaluate(node, known):
    """The value of a table expression. Names of classes stand for themselves."""
    if isinstance(node, ast.Constant):
        return node.value
    if isinstance(node, (ast.Tuple, ast.List, ast.Set)):
        return _items(node.elts, known)
    if isinstance(node, ast.Dict):
        return _dict(node, known)
    if isinstance(node, ast.Name):
        return known.get(node.id, node.id)
    if isinstance(node, ast.Attribute):
        return node.attr
    if isinstance(node, ast.IfExp):  # "BertTokenizerFast" if is_tokenizers_available() else None
        return evaluate(node.body, known)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        return evaluate(node.left, known) + evaluate(node.right, known)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
        return {**evaluate(node.left, known), **evaluate(node.right, known)}
    if isinstance(node, ast.Call):
        return _call(node, known)
    raise Unknown(ast.dump(node)[:80])


def _items(nodes, known):
    items = []
    for node in nodes:
        if isinstance(node, ast.Starred):
            items.extend(evaluate(node.value, known))
        else:
            items.append(evaluate(node, known))
    return items


def _dict(node, known):
    table = {}
    for key, value in zip(node.keys, node.values):
        if key is None:
            table.update(evaluate(value, known))
            continue
        try:
            table[evaluate(key, known)] = evaluate(value, known)
        except Unknown:
            table[evaluate(key, known)] = None
    return table


def _call(node, known):
    function = node.func.value if isinstance(node.func, ast.Subscript) else node.func
    name = function.id if isinstance(function, ast.Name) else function.attr if isinstance(function, ast.Attribute) else ""
    if name in ("OrderedDict", "dict", "_LazyAutoMapping", "_LazyConfigMapping", "ClassInstantier"):
        if name.startswith("_Lazy"):
            raise Unknown(name)
        table = {}
        for argument in node.args:
            value = evaluate(argument, known)
            table.update(value if isinstance(value, dict) else {pair[0]: pair[1] for pair in value})
        for keyword in node.keywords:
            value = evaluate(keyword.value, known)
            table.update(value if keyword.arg is None else {keyword.arg: value})
        return table
    if name in ("list", "set", "tuple", "frozenset") and node.args:
        return list(evaluate(node.args[0], known))
    if name == "items" and not node.args:
        return [list(pair) for pair in evaluate(node.func.value, known).items()]
    raise Unknown(name)


def _statements(body):
    """Those at the margin, and below its conditions: `if TYPE_CHECKING:` has an empty table, `else:` the real one."""
    for statement in body:
        if isinstance(statement, ast.If):
            yield from _statements(statement.body + statement.orelse)
        elif isinstance(statement, ast.Try):
            yield from _statements(statement.body)
        else:
            yield statement


def tables_of(source, known=None):
    """{name: value} of a module's assignments and updates at its margin; `known` has what it imports."""
    found = dict(known or {})
    own = {}
    for statement in _statements(ast.parse(source).body):
        try:
            if isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name):
                name, value = statement.targets[0].id, statement.value
            elif isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name) and statement.value:
                name, value = statement.target.id, statement.value
            elif (isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call)
                  and isinstance(statement.value.func, ast.Attribute) and statement.value.func.attr == "update"
                  and isinstance(statement.value.func.value, ast.Name)):
                name = statement.value.func.value.id
                if not isinstance(found.get(name), dict):
                    continue
                update = evaluate(statement.value.args[0], found)
                update = update if isinstance(update, dict) else {pair[0]: pair[1] for pair in update}
                own[name] = found[name] = {**found[name], **update}
                continue
            else:
                continue
            own[name] = found[name] = evaluate(value, found)
        except (Unknown, TypeError, IndexError, AttributeError):
            continue
    return own


def classes_of(source):
    """{class: [bases by name]} at the margin of a module."""
    found = {}
    for statement in ast.parse(source).body:
        if isinstance(statement, ast.ClassDef):
            found[statement.name] = [b.id if isinstance(b, ast.Name) else b.attr if isinstance(b, ast.Attribute) else ""
                                     for b in statement.bases]
    return found
