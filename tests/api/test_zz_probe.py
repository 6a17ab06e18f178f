import collections, tests.api.test_schemathesis_links as m
c=collections.Counter()
class P(m.Chains):
    def after_call(self, response, case):
        tr=getattr(case,'_meta',None)
        par=getattr(case,'parent',None)
        c[(case.operation.label, response.status_code)]+=1
def test_p():
    from hypothesis.stateful import run_state_machine_as_test
    P.run(settings=m.TestChains.settings)
    for k,v in sorted(c.items()): print(k,v)
